export default function Page() {
  return <div class="page"><h1>system</h1></div>;
}
