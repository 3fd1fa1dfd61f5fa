export default function Page() {
  return <div class="page"><h1>webhooks</h1></div>;
}
