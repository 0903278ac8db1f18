import { withAndWithout } from './pass.js'

export default withAndWithout('fold-small-maps', { net: 'resnet18', size: 64, batch: 64 })
