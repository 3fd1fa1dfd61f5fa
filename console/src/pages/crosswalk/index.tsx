export default function Page() {
  return <div class="page"><h1>crosswalk</h1></div>;
}
