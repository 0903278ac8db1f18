import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const size = 224

export default {
  unit: 's',
  better: 'less',
  note: 'a DenseNet201 of 80 MB is read from an ONNX file of plain operators, differentiated by the image, compiled and run once, 224 pixels',
  memory: true,
  settings: {},
  async prepare() {
    const { plainModel } = await import('./ours.js')
    const folder = mkdtempSync(join(tmpdir(), 'glasshouse-bench-model-'))
    const path = join(folder, 'model.onnx')
    writeFileSync(path, plainModel('densenet201', size))
    return { settings: { path }, dispose: () => rmSync(folder, { recursive: true }) }
  },
  async ours({ path, threads }) {
    const { slopeOfModel } = await import('./ours.js')
    const start = performance.now()
    await slopeOfModel(readFileSync(path), size, threads)
    return { value: (performance.now() - start) / 1000 }
  },
  peer: {},
}
