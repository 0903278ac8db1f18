/** Frames of a film as the page sends them: the length of each as four bytes, little endian, and its JPEG or PNG. */

export function packFrames(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(frames.reduce((sum, { length }) => sum + 4 + length, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const frame of frames) {
    view.setUint32(at, frame.length, true)
    bytes.set(frame, at + 4)
    at += 4 + frame.length
  }
  return bytes
}

/** @returns undefined where the bytes are no frames */
export function unpackFrames(bytes: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const frames: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined
    const length = view.getUint32(at, true)
    if (length === 0 || at + 4 + length > bytes.length) return undefined
    frames.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return frames
}
