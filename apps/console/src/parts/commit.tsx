import { CommitKind, type CommittedSegment } from "@throughline/contracts/throughline/features/v1/data_version_pb";
import { count, words } from "../thread/format.ts";
import type { ColumnOf } from "./table.tsx";
import { Badge, Digest, ResourceLink, type Tone } from "./text.tsx";

const TONES: Readonly<Record<CommitKind, Tone>> = {
  [CommitKind.UNSPECIFIED]: "calm",
  [CommitKind.LOAD]: "good",
  [CommitKind.PUSH]: "good",
  [CommitKind.REVERT]: "look",
  [CommitKind.COMPACTION]: "calm",
  [CommitKind.FORGET]: "look",
};

/** What a commit did, in a word. */
export const CommitBadge = ({ kind }: { readonly kind: CommitKind }) => (
  <Badge tone={TONES[kind] ?? "calm"}>{words(CommitKind[kind])}</Badge>
);

/** A link to a data version by its number; `none` for 0, which stands before the first. */
export const VersionLink = ({ project, number }: { readonly project: string; readonly number: bigint }) =>
  number === 0n ? (
    <span className="quiet">none</span>
  ) : (
    <ResourceLink name={`projects/${project}/dataVersions/${number}`}>{String(number)}</ResourceLink>
  );

/** The columns of a table of loads and pushes. */
export const segmentColumns = (project: string): readonly ColumnOf<CommittedSegment>[] => [
  { title: "Segment", cell: (it) => <Digest digest={it.digest} project={project} /> },
  { title: "Came with", cell: (it) => <VersionLink project={project} number={it.dataVersion} /> },
  { title: "Rows", number: true, cell: (it) => count(it.rowCount) },
];
