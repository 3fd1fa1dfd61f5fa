export default function Page() {
  return <div class="page"><h1>map</h1></div>;
}
