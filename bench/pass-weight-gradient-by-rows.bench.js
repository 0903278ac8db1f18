import { withAndWithout } from './pass.js'

export default withAndWithout('weight-gradient-by-rows', { net: 'resnet18', size: 224, batch: 32 })
