/** The parts that pages are made of. */

import "./theme.css";
import "./ui.css";

export { Badge, StatusBadge, type Tone } from "./badge";
export { Dialog, confirm, Confirmations } from "./dialog";
export { Field, SelectField, TextField } from "./field";
export { Menu, MenuItem } from "./menu";
export { Await, Empty, ErrorNotice, Skeleton } from "./state";
export { Grid, type Column } from "./grid";
export { Picker } from "./picker";
export { brief, CopyButton, Facts, Json, Progress, Time, clock } from "./show";
export { Tabs } from "./tabs";
export { say, sayProblem, Toasts } from "./toast";
