import { Construct } from 'constructs';

/** What is thrown out of a construct: the error as it was, and where. */
interface Told extends Error {
  /** Path of the construct. */
  construct?: string;
  /** The message without the path. */
  said?: string;
}

/** Something that is wrong, with the construct that it is about and, where it has one, a place of its own. */
export interface Fault {
  readonly message: string;
  readonly construct: string;
  /** `file:line:column`, from the folder that the app runs in. */
  readonly place: string;
}

/** Several faults that are told at once, such as those of files; `mesh synth` tells each at its own place. */
export class Faults extends Error {
  constructor(readonly problems: readonly Fault[]) {
    super(problems.map((p) => `${inBrackets(p.construct)}${p.place}: ${p.message}`).join('\n'));
    Object.defineProperty(this, 'problems', { enumerable: false }); // the message has them
  }
}

const inBrackets = (construct: string) => (construct === '' ? '' : `[${construct}] `);

/** What an error says, without the construct: for those who tell the construct themselves. */
export const saidBy = (e: unknown): string => (e as Told).said ?? (e as Error).message;

/** Path of the construct that an error names. */
export const aboutIn = (e: unknown): string | undefined => (e as Told).construct;

/** Runs what says something about a construct: an error names the construct, whoever throws it. */
export function toldAt<T>(construct: string, say: () => T): T {
  try {
    return say();
  } catch (e) {
    throw named(e, construct);
  }
}

/** The same error, whose message names the construct as cdk8s' validation does. What is called first says which one it is. */
function named(e: unknown, construct: string): unknown {
  if (!(e instanceof Error) || e instanceof Faults) return e;
  const told: Told = e;
  const said = saidBy(e);
  // a stack may be made only when it is read, and then of the message as it is
  const { message: before, stack } = e;
  e.message = said.includes(`"${construct}"`) ? said : `${inBrackets(construct)}${said}`;
  if (stack) e.stack = stack.replace(before, () => e.message);
  for (const [key, value] of Object.entries({ construct, said }))
    Object.defineProperty(told, key, { value, configurable: true, writable: true });
  return e;
}

type ConstructClass = abstract new (...args: any[]) => Construct;

/**
 * For a class of constructs: whatever its constructor and its methods throw names the construct by its path, so that no
 * message has to. Constructors throw before there is a construct, too; where it would be is known all the same.
 */
export function tellsItsPath<C extends ConstructClass>(base: C, _context: ClassDecoratorContext): C {
  for (let p = base.prototype; p !== Construct.prototype; p = Object.getPrototypeOf(p)) tellInMethods(p);
  const telling: C = new Proxy(base, {
    construct(target, args: unknown[], self) {
      try {
        // an object made for a proxy has a shape of its own, which the engine does not know again
        return Reflect.construct(target, args, self === telling ? target : self) as Construct;
      } catch (e) {
        throw named(e, pathOf(args[0], args[1]));
      }
    },
  });
  return telling;
}

/** Path of a construct that is to be made; of what is no scope or id, `constructs` itself complains. */
export const pathOf = (scope: unknown, id: unknown): string =>
  Construct.isConstruct(scope) ? [scope.node.path, id].filter(Boolean).join('/') : String(id);

const done = new WeakSet<object>();

function tellInMethods(prototype: object): void {
  if (done.has(prototype)) return;
  done.add(prototype);
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name === 'constructor' || typeof value !== 'function') continue;
    const method = {
      [name](this: Construct, ...args: unknown[]) {
        try {
          return value.apply(this, args);
        } catch (e) {
          throw named(e, this.node.path);
        }
      },
    }[name];
    Object.defineProperty(prototype, name, { value: method, writable: true, configurable: true });
  }
}
