export default function Page() {
  return <div class="page"><h1>board</h1></div>;
}
