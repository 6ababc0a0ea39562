import { cookies } from "next/headers";
import { connection } from "next/server";
import { Suspense } from "react";
import { visitors } from "../../visitors";

export default function Page() {
  return (
    <Suspense>
      <Account />
    </Suspense>
  );
}

async function Account() {
  await connection();
  const visitor = await visitors.open(await cookies()).find();
  return <p>Account of {visitor?.user}</p>;
}
