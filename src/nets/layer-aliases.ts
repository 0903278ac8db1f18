/** What layers are called elsewhere (torchvision, timm, Lucid), to answer an unknown name with the one that is meant. */
import { closestNames } from '../base/closest.ts'

/** Patterns of other tools' names, and what those layers are called in our networks and in Caffe's GoogLeNet. */
const aliases: readonly [RegExp, (...groups: string[]) => string[]][] = [
  // Units are counted from 0 there and from 1 here.
  [/^layer(\d+)\.(\d+)$/, (stage, unit) => [`stage${stage}.unit${Number(unit) + 1}`]],
  [/^(?:layer|res|block|blocks\.)_?(\d+)$/, stage => [`stage${stage}`]],
  [/^(?:conv_?1|bn1|conv_stem|stem\.\d+|layer0|conv1_bn)$/, () => ['stem']],
  [
    /^(?:fc|classifier|head|linear|logit|output|probs?|predictions?|head\.fc)$/,
    () => ['logits', 'embedding'],
  ],
  [/^(?:avg_?pool|global_?pool|gap|flatten|penultimate|pool5|pre_?logits|features)$/, () => ['pool']],
  [/^embeddings?|vectors?|representation$/, () => ['embedding', 'pool']],
  // Lucid and TensorFlow say mixed4c, torchvision inception4c, Caffe inception_4c/output.
  [
    /^(?:mixed|inception)_?(\d[a-e])$/,
    block => [`inception_${block}/output`, `Mixed_${block}`, `mixed_${block}`],
  ],
]

/** The layers that a name may mean: by what it is called elsewhere, else those whose spelling is close. */
export function likelyLayers(word: string, names: Iterable<string>): string[] {
  const known = [...names]
  const byMeaning = aliases.flatMap(([pattern, namesOf]) => {
    const match = pattern.exec(word.toLowerCase())
    return match ? namesOf(...match.slice(1)).filter(name => known.includes(name)) : []
  })
  // `inception_4c` is the block whose end is `inception_4c/output`.
  const within = known.filter(name => name === `${word}/output` || name === `${word}.output`)
  const meant = [...new Set([...byMeaning, ...within])]
  return meant.length ? meant : closestNames(word, known)
}
