/** The typed arrays that superjson keeps, by the name in its notes. It changes other binary views. */
export const TYPED_ARRAYS: Readonly<Record<string, new (numbers: number[]) => object>> = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
};
