/**
 * One temporary folder for a whole test run, with the cache that the run uses: nothing of it is left behind, and nothing
 * is read from, or written to, the cache of whoever runs the tests.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export default function setUp(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'glasshouse-tests-'))
  // Inherited by the processes that run the tests, and by the programs that these start.
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder
  process.env.GLASSHOUSE_CACHE = join(folder, 'cache')
  // Where there is no GPU, WebGPU in Node is computed in software, by the Vulkan that Chromium brings for its pages.
  const software = '/usr/lib/chromium/vk_swiftshader_icd.json'
  const hasGpu = ['/dev/dri', '/dev/nvidia0'].some(device => existsSync(device))
  if (!hasGpu && existsSync(software)) process.env.VK_ICD_FILENAMES ??= software
  // A browser that is ending may still write into its folder.
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
}
