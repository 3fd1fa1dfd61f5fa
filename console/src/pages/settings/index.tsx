export default function Page() {
  return <div class="page"><h1>settings</h1></div>;
}
