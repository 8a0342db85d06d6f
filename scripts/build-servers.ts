/**
 * Builds the real servers into the cache folder, MongoDB's protocol and S3 at the same time. Those already there cost
 * nothing. The launchers are loaded only now, so that tests without servers do not need what they import.
 */
export async function buildServers(): Promise<void> {
  const testing: Readonly<Record<string, unknown>> = await import("@throughline/testing");
  console.log("Servers for the tests: building what is missing (up to ten minutes the first time).");
  await Promise.all(
    ["buildMongodbServer", "buildS3Servers"].map(async (name) => {
      const build = testing[name];
      if (typeof build !== "function") throw new Error(`@throughline/testing has no ${name}()`);
      await build(process.env);
      console.log(`Servers for the tests: ${name} is done.`);
    }),
  );
}
