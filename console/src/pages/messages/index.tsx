export default function Page() {
  return <div class="page"><h1>messages</h1></div>;
}
