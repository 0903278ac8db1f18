// How good is an embedding? Recall at K and MAP@R of vectors, here of 300 points around ten directions.
import { createEngine, retrieve } from 'glasshouse'

const [n, dim, classes] = [300, 16, 10]
const labels = Int32Array.from({ length: n }, (_, i) => i % classes)
const wave = (i: number, k: number) => Math.sin(12.9898 * (i + 1) * (k + 1))
const data = Float32Array.from({ length: n * dim }, (_, at) => {
  const [row, k] = [Math.floor(at / dim), at % dim]
  return wave(labels[row], k) + 0.8 * wave(row + 100, k)
})
const { recall, mapAtR, queries } = await retrieve(await createEngine(), { data, dim, labels })
console.log(`${queries} queries, recall`, recall, `MAP@R ${mapAtR.toFixed(3)}`)
