// The same embedding from two random starts, at several lambda; and, to compare, two different embeddings.
//
// The seed of the posts: it looks like yoking two different embeddings. What theory adds: with the same affinities the
// tie costs nothing once the maps agree, so the divergence comes back to that of a map alone, at every lambda that
// aligns them; between different embeddings it does not.
import { join } from 'node:path'
import { embedding } from './embeddings.js'
import { glasshouse, out, percent, readJson } from './setting.js'
import { verdict } from './verdict.js'

const trained = await embedding('epoch+19', 'unseen', 'epoch 19')
const untrained = await embedding('epoch-1', 'unseen', 'before training')
const strengths = '0.01,0.1,1,10,100,1000'

const curves = {}
for (const [name, other] of [
  ['same', trained],
  ['different', untrained],
]) {
  const folder = join(out, `two-starts-${name}`)
  glasshouse(
    ...[
      'tsne',
      trained,
      other,
      '--init',
      'random',
      '--start',
      'own',
      '--relative',
      '--yoke',
      '1',
      '--sweep',
      strengths,
    ],
    ...['--out', folder],
  )
  const { sweep, alignmentAlone, procrustesAlone } = readJson(join(folder, 'result.json')).metrics
  console.log(
    `\n${name} embedding, mean squared distance alone ${alignmentAlone.toFixed(0)}, rotated ${procrustesAlone.toFixed(0)}`,
  )
  console.log('lambda   lambda N R²/KL  KL ratios     misalignment that remains')
  for (const { lambda, lambdaRelative, klRatio, alignment } of sweep)
    console.log(
      `${lambda.toExponential(1).padEnd(8)} ${String(Number(lambdaRelative.toPrecision(2))).padEnd(15)} ${klRatio.map(ratio => ratio.toFixed(3)).join(' ')}   ${percent(alignment / alignmentAlone)}`,
    )
  curves[name] = sweep.map(point => ({ ...point, remains: point.alignment / alignmentAlone }))
  console.log(`The pictures: ${join(folder, 'sweep-maps.png')}, ${join(folder, 'index.html')}\n`)
}

const worst = ({ klRatio }) => Math.max(...klRatio)
const aligned = curves.same.filter(({ remains }) => remains < 0.01)
verdict(aligned.length > 0, 'a strong enough tie aligns two maps of the same embedding')
verdict(
  aligned.some(point => worst(point) < 1.05),
  'the divergence of aligned maps of the same embedding comes back to within 5 % of a map alone',
)
verdict(
  worst(curves.different.at(-1)) > worst(curves.same.at(-1)),
  'different embeddings pay more for being aligned than the same one does',
)
