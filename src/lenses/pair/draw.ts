/** One page for a pair: per network its maps, its filters, and the places that it takes for the same. */
import type { Canvas, Drawing } from '../lens.ts'
import { drawFalseColours } from '../pair-pca/draw.ts'
import { countForShare } from '../similarity/compute.ts'
import { networkName, similarityParts } from '../similarity/draw.ts'
import type { PairResult } from './result.ts'

export async function draw({ verdicts, skip }: PairResult, canvas: Canvas): Promise<Drawing> {
  const several = verdicts.length > 1
  const drawn = await Promise.all(
    verdicts.map(async ({ similarity, components, source }) => {
      const { views, paths } = similarity
      const colours = await drawFalseColours({ components, views, paths, skip }, canvas)
      const caption =
        'Right: three principal components of all places as red, green and blue; places of one colour are alike to the network.'
      const figures = await similarityParts(similarity, canvas, [{ kind: 'figure', svg: colours, caption }])
      return { name: networkName(source), colours, ...figures }
    }),
  )
  return {
    report: {
      summary:
        'What makes a network find two images similar: which places, which filters, and what it treats as the same.',
      figures: verdicts.flatMap(({ source, similarity: { similarity, contributions } }) => [
        {
          label: several ? `cosine by ${networkName(source)}` : 'cosine',
          value: similarity.cosine.toFixed(3),
        },
        {
          label: 'of its filters carry nine tenths',
          value: `${countForShare(contributions, 0.9)} of ${contributions.length}`,
        },
      ]),
      sections: drawn.map(({ name, parts }) => ({
        title: several ? `As ${name} sees it` : 'Where the similarity comes from',
        parts,
      })),
    },
    pictures: Object.fromEntries(
      drawn.flatMap(({ pictures, colours }, index) => {
        const name = (file: string) => (several ? `${index + 1}-${file}` : file)
        return [
          ...Object.entries(pictures).map(([file, svg]) => [name(file), svg]),
          [name('false-colours'), colours],
        ]
      }),
    ),
  }
}
