import { type FormEvent, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { dataVersions } from "../api/clients.ts";
import { usePages } from "../api/use-pages.ts";
import type { PageProps } from "../page.ts";
import { Card, PageTitle } from "../parts/card.tsx";
import { VersionLink } from "../parts/commit.tsx";
import { VersionInput } from "../parts/difference-form.tsx";
import { rowColumns } from "../parts/source-rows.tsx";
import { Empty } from "../parts/states.tsx";
import { PagedTable } from "../parts/table.tsx";
import { ResourceLink } from "../parts/text.tsx";
import { count, counted } from "../thread/format.ts";
import { rowsPath } from "../thread/names.ts";

/** The rows of a source as of a data version, in the order in which they were written. */
export function SourceRowsPage({ project, ids: [id = ""] }: PageProps) {
  const at = new URLSearchParams(useSearch()).get("at") ?? "";
  const source = `projects/${project}/sources/${id}`;
  const rows = usePages(`${source} rows ${at}`, async (pageToken, signal) => {
    const answer = await dataVersions.readSource({ source, dataVersion: at, pageSize: 50, pageToken }, { signal });
    return { items: answer.rows, next: answer.nextPageToken, answer };
  });
  const answer = rows.data?.answer;
  return (
    <>
      <PageTitle kind="Rows of a source" title={id}>
        <ResourceLink name={source}>The source</ResourceLink>
        {answer && (
          <>
            <span>
              as of data version <VersionLink project={project} number={answer.dataVersion} />
            </span>
            <span>{counted(answer.rowCount, "row")}</span>
            {answer.forgottenRowCount > 0n && (
              <span>{count(answer.forgottenRowCount)} more were there and were forgotten since</span>
            )}
          </>
        )}
      </PageTitle>
      <AtForm source={source} at={at} key={at} />
      <Card>
        <PagedTable
          pages={rows}
          what="rows"
          columns={rowColumns(rows.data?.items ?? [], project)}
          rowKey={(it) => `${it.segmentDigest} ${it.rowNumber}`}
          empty={<Empty title="The source has no rows at this data version" />}
        />
      </Card>
    </>
  );
}

function AtForm({ source, at }: { readonly source: string; readonly at: string }) {
  const [, navigate] = useLocation();
  const [text, setText] = useState(at);
  const go = (event: FormEvent) => {
    event.preventDefault();
    navigate(rowsPath(source, text.trim()));
  };
  return (
    <form className="start-form" onSubmit={go}>
      <VersionInput id="at" label="As of data version" value={text} set={setText} />
      <button type="submit">Show</button>
    </form>
  );
}
