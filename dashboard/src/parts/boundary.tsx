import { Component, type ReactNode } from 'react';
import { Button } from './button.tsx';
import { Note } from './states.tsx';

/** A view that breaks says so in its place; search and the other views stay. */
export class Boundary extends Component<{ readonly children: ReactNode }, { readonly broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { readonly broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <Note
        tone="bad"
        title="This view cannot be shown"
        actions={
          <Button small onClick={() => window.location.reload()}>
            Reload
          </Button>
        }
      >
        Most likely Planwire was renewed since this page was loaded: reload it. Where that does not help, the
        browser&apos;s console has the reason.
      </Note>
    );
  }
}
