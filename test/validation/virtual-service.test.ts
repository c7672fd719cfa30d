import { connections, destinations, hosts, matches, reachability, rules } from './rows/virtual-service';
import { rows } from './support';

describe('hosts and gateways', () => rows(hosts));
describe('rules', () => rows(rules));
describe('matches', () => rows(matches));
describe('destinations and headers', () => rows(destinations));
describe('connections', () => rows(connections));
describe('rules that are never used', () => rows(reachability));
