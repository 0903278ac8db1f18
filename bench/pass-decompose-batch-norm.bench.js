import { withAndWithout } from './pass.js'

export default withAndWithout('decompose-batch-norm', { net: 'resnet18', size: 64, batch: 64 })
