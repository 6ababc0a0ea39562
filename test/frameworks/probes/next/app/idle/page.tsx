import { cookies } from "next/headers";
import { connection } from "next/server";
import { Suspense } from "react";
import { visitors } from "../../idle-visitors";

export default function Page() {
  return (
    <Suspense>
      <Idle />
    </Suspense>
  );
}

/** Reads the session, and can send no cookie. */
async function Idle() {
  await connection();
  const visitor = await visitors.open(await cookies()).find();
  return <p>Count: {visitor?.count ?? 0}</p>;
}
