import { cookies } from "next/headers";
import { connection } from "next/server";
import { Suspense } from "react";
import { visitors } from "../../visitors";

export default function Page() {
  return (
    <Suspense>
      <ReadOnly />
    </Suspense>
  );
}

/** A Server Component, which can set no cookie. */
async function ReadOnly() {
  await connection();
  const session = visitors.open(await cookies());
  const text = await session
    .upsert({ count: 1 }, (it) => void it.count++)
    .then(
      (it) => `Count: ${it.count}`,
      (error: unknown) => `${error}`,
    );
  return <p>{text}</p>;
}
