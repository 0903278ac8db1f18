/** What the page of an embedding shows: some images, each with its nearest neighbours. */
import { random } from '../base/random.ts'
import { pictureAt } from '../data/store.ts'
import { normaliseRows } from '../embedding/retrieval.ts'
import { dataUri } from '../figures/files.node.ts'
import { drawSheet, rightColour, type Tile, wrongColour } from '../figures/sheet.ts'
import { type Drawn, scoredOn, type TrainedRun } from './page-parts.node.ts'
import { outputsOf } from './training-data.node.ts'

const shownQueries = 8
const shownNeighbours = 8

/** Some test images, each with its nearest neighbours. */
export async function drawEmbedding({ record, data, network, engine }: TrainedRun): Promise<Drawn> {
  const indices = data.test.length ? data.test : data.train
  const vectors = await outputsOf(engine, network, data, indices)
  const dim = vectors.length / indices.length
  const unit = normaliseRows(vectors, dim)
  const queries = random(record.seed, 'queries').shuffle(Array.from(indices.keys())).slice(0, shownQueries)
  const tile = async (row: number, caption: string[], frame?: string): Promise<Tile> => ({
    image: await dataUri(pictureAt(data.store, indices[row])),
    caption,
    frame,
  })
  const nameOf = (row: number) => data.dataset.classes[data.labels[indices[row]]]
  const rows = await Promise.all(
    queries.map(async query => {
      const similarity = Float64Array.from(indices, (_, row) => dot(unit, query, row, dim))
      const nearest = Array.from(indices.keys())
        .filter(row => row !== query)
        .sort((a, b) => similarity[b] - similarity[a])
        .slice(0, shownNeighbours)
      const found = nearest.map(row =>
        tile(
          row,
          [nameOf(row), similarity[row].toFixed(3)],
          nameOf(row) === nameOf(query) ? rightColour : wrongColour,
        ),
      )
      return { tiles: [await tile(query, [nameOf(query), 'query']), ...(await Promise.all(found))] }
    }),
  )
  const columns = ['query', ...Array.from({ length: shownNeighbours }, (_, rank) => `${rank + 1}`)]
  const sheet = drawSheet({ title: `Nearest ${scoredOn(data)} images`, rows, columns, size: 104 })
  return {
    drawings: { retrieval: sheet },
    sections: [
      {
        title: 'Retrieval',
        parts: [
          {
            kind: 'figure',
            svg: sheet,
            caption: `${shownQueries} of ${indices.length} ${scoredOn(data)} images, each with its nearest neighbours by cosine similarity. Green frames mark the class of the query, red ones another class.`,
          },
        ],
      },
    ],
  }
}

function dot(unit: Float32Array, a: number, b: number, dim: number): number {
  let sum = 0
  for (let i = 0; i < dim; i++) sum += unit[a * dim + i] * unit[b * dim + i]
  return sum
}
