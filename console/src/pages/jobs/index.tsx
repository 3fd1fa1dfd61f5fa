import { useParams } from "@solidjs/router";
import { Show } from "solid-js";
import { JobPage } from "./job";
import { JobList } from "./list";
import "./jobs.css";

/** The list, or one of them. */
export default function Jobs() {
  const params = useParams<{ id?: string }>();
  return (
    <Show when={params.id} keyed fallback={<JobList />}>
      {(id) => <JobPage id={id} />}
    </Show>
  );
}
