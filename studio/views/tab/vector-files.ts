/** The vectors that the open network gives of the images, as files. */
import { float32 } from '../../../src/graph/tensor.ts'
import { encodeNpy } from '../../../src/weights/npy.ts'
import type { ExportAsked } from '../../parts/export/export.tsx'
import { csvForm } from '../../parts/export/list-file.ts'
import { run } from '../../tab/client.ts'
import { images } from './state.ts'

async function vectors() {
  const shown = images.value
  const { data, dim } = await run('vectors', { names: shown.map(({ name }) => name) }).result
  return { shown, data, dim }
}

/** A row for each image, in the order of the page. */
async function npy(): Promise<Blob> {
  const { shown, data, dim } = await vectors()
  return new Blob(encodeNpy(float32([shown.length, dim], data)).map(part => Uint8Array.from(part)))
}

/** The same rows, with the names of the images before them. */
async function list() {
  const { shown, data, dim } = await vectors()
  const rows = shown.map(({ name, label, answers }, row) => [
    name,
    label || answers?.[0]?.class || '',
    ...data.subarray(row * dim, (row + 1) * dim),
  ])
  const columns = ['path', 'label', ...Array.from({ length: dim }, (_, at) => `v${at + 1}`)]
  return { columns, rows }
}

export const vectorFiles: NonNullable<ExportAsked['others']> = [
  csvForm('a row for each image: its name, its class, its vector', list),
  {
    name: 'NPY',
    file: '.npy',
    words: 'the same vectors as a matrix for NumPy, images x dimensions',
    make: npy,
  },
]
