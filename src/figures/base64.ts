/** The bytes of an array in base64, for a page's data; as the machine has them: little endian wherever this runs. */
export function base64(numbers: Uint8Array | Uint16Array | Uint32Array): string {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  const parts: string[] = []
  for (let start = 0; start < bytes.length; start += 0x6000)
    parts.push(btoa(String.fromCharCode(...bytes.subarray(start, start + 0x6000))))
  return parts.join('')
}
