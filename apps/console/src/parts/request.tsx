interface RequestProps {
  /** Below `/v1/`. */
  readonly path: string;
  /** JSON. */
  readonly body: string;
}

/** One request that can be pasted into a shell; plain HTTP, so that it works with nothing installed. */
export const Request = ({ path, body }: RequestProps) => (
  <pre>
    <code>
      {[
        `curl ${location.origin}/v1/${path} \\`,
        "  -H 'content-type: application/json' \\",
        `  -d '${body.replaceAll("'", "'\\''")}'`,
      ].join("\n")}
    </code>
  </pre>
);
