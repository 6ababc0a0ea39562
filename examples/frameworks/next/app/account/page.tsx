import { cookies } from "next/headers";
import { visitors } from "../../visitors";

export default async function Account() {
  const visitor = await visitors.open(await cookies()).find();
  return <p>Account of {visitor?.user}</p>;
}
