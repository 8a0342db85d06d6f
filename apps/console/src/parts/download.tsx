import { pathOfDownload } from "../thread/names.ts";

interface DownloadProps {
  readonly project: string;
  readonly digest: string;
  /** Name of the file on the person's disk. */
  readonly fileName: string;
}

/** A link that stores an artifact as a file. The gateway sends it as an attachment, so it is never shown as a page. */
export function Download({ project, digest, fileName }: DownloadProps) {
  return (
    <a href={pathOfDownload(project, digest)} download={fileName.replaceAll("/", "_")}>
      Download
    </a>
  );
}
