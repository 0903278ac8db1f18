/**
 * Reads images one after another as a survey and training do, in a process of its own that measures what it costs:
 * a line of JSON per file with the outcome, the CPU seconds it took and the process's peak memory so far.
 *
 * usage: node test/read-images.js LIST, a file with one path per line
 */
import { readFileSync } from 'node:fs'
import { decodePicture, readHeader, readImageFile, requireDecodable } from '../dist/data/decode.node.js'

for (const path of readFileSync(process.argv[2], 'utf8').split('\n').filter(Boolean)) {
  process.stdout.write(`${JSON.stringify({ path })}\n`)
  const before = process.cpuUsage()
  let outcome = 'read'
  try {
    const bytes = await readImageFile(path)
    const header = await readHeader(bytes, path)
    if (header.width * header.height <= 50e6) await requireDecodable(bytes, path, header)
    await decodePicture(bytes, path, { resize: { square: 64 } })
  } catch (error) {
    outcome = error?.name === 'GlasshouseError' ? `refused: ${error.got}` : `fault: ${error?.stack ?? error}`
  }
  const { user, system } = process.cpuUsage(before)
  const peak = process.resourceUsage().maxRSS * 1024
  process.stdout.write(`${JSON.stringify({ path, outcome, seconds: (user + system) / 1e6, peak })}\n`)
}
