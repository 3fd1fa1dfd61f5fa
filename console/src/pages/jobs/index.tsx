export default function Page() {
  return <div class="page"><h1>jobs</h1></div>;
}
