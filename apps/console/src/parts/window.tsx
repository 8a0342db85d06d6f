import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { instant } from "../thread/format.ts";

interface WindowTextProps {
  readonly start: Timestamp | undefined;
  /** Not included. */
  readonly end: Timestamp | undefined;
}

/** A window of time whose ends may be open. */
export const WindowText = ({ start, end }: WindowTextProps) => (
  <span className="number">
    {start === undefined && end === undefined
      ? "all of the log"
      : `${start ? instant(start) : "the beginning"} to ${end ? instant(end) : "now"}`}
  </span>
);
