import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { differencePath } from "../thread/names.ts";

interface DifferenceFormProps {
  readonly project: string;
  readonly from: string;
  readonly to: string;
}

/** Asks for the two data versions that are to be compared. What was typed stays when the proposed versions change. */
export function DifferenceForm({ project, from, to }: DifferenceFormProps) {
  const [, navigate] = useLocation();
  const [typedStart, setStart] = useState<string>();
  const [typedEnd, setEnd] = useState<string>();
  const start = typedStart ?? from;
  const end = typedEnd ?? to;
  const go = (event: FormEvent) => {
    event.preventDefault();
    navigate(differencePath(project, start.trim(), end.trim()));
  };
  return (
    <form className="start-form" onSubmit={go}>
      <VersionInput id="from" label="From" value={start} set={setStart} />
      <VersionInput id="to" label="to" value={end} set={setEnd} />
      <button type="submit">Compare</button>
    </form>
  );
}

interface VersionInputProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly set: (text: string) => void;
}

/**
 * A field for a data version: its number, a tag, or nothing for the newest. From the moment when somebody is in it, what stands there is
 * theirs: a version that is proposed later would come in the midst of what they type.
 */
export const VersionInput = ({ id, label, value, set }: VersionInputProps) => (
  <>
    <label htmlFor={id}>{label}</label>
    <input
      id={id}
      value={value}
      onFocus={() => set(value)}
      onChange={(event) => set(event.target.value)}
      placeholder="newest"
      pattern="[a-z][a-z0-9._\-]{0,62}|[0-9]{1,15}"
      title="A number, a tag, or nothing for the newest"
      spellCheck={false}
      autoComplete="off"
    />
  </>
);
