export default function Page() {
  return <div class="page"><h1>order</h1></div>;
}
