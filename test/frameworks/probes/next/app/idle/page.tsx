import { cookies } from "next/headers";
import { visitors } from "../../idle-visitors";

/** Reads the session, and can send no cookie. */
export default async function Idle() {
  const visitor = await visitors.open(await cookies()).find();
  return <p>Count: {visitor?.count ?? 0}</p>;
}
