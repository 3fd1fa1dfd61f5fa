import { shapeOf } from "./shapes";

/** A status as the map draws it, for lists and the legend. */
export function ShapeIcon(props: { status: string; late?: boolean; size?: number }) {
  const shape = () => shapeOf(props.status);
  return (
    <svg class={`shape tint-${shape().tint}`} viewBox="0 0 24 24" width={props.size ?? 20} height={props.size ?? 20} aria-hidden="true">
      <path class="fill" d={shape().path} />
      <path class="mark" d={shape().mark ?? (props.status === "received" ? "M12 9.5a2.5 2.5 0 1 0 0 5a2.5 2.5 0 1 0 0-5z" : "")} />
      {props.late ? <circle class="late" cx="20" cy="4" r="4" /> : null}
    </svg>
  );
}
