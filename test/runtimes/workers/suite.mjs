import { describeDriver } from "zession/testing";

/**
 * Returns a function that runs the driver suite by requests: `GET /tests` answers the names of its
 * tests, `POST /tests/<number>` runs one and answers what it failed with. It returns `undefined`
 * for other requests.
 *
 * @param more - other tests before it, each with its title
 */
export function suite(name, make, more = []) {
  const tests = [...more];
  const describe = (_group, define) => define();
  const it = (...test) => tests.push(test);
  describeDriver(name, make, { describe, it, upserts: 40 });
  return (request) => {
    const [, folder, number] = new URL(request.url).pathname.split("/");
    if (folder !== "tests") return undefined;
    if (number === undefined) return Response.json(tests.map(([title]) => title));
    const [, run] = tests[number];
    return run().then(
      () => new Response(""),
      (error) => new Response(String(error.stack)),
    );
  };
}
