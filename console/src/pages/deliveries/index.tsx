export default function Page() {
  return <div class="page"><h1>deliveries</h1></div>;
}
