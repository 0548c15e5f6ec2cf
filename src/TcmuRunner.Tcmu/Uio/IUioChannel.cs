// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Tcmu.Uio;

/// <summary>The event channel of a UIO device. <see cref="ReadEvent"/> and <see cref="Notify"/> are called by one thread.</summary>
internal interface IUioChannel : IDisposable
{
    /// <summary>
    /// Readable while the event counter differs from the one read last; any other state of poll(2) means that the device is gone.
    /// </summary>
    SafeHandle Descriptor { get; }

    /// <summary>Takes the event, so that the descriptor becomes readable again only for later ones. Does not block.</summary>
    UioEvent ReadEvent();

    /// <summary>
    /// Tells the kernel that responses are in the ring. It collects them, and may put new entries into the ring, before the call returns.
    /// </summary>
    /// <returns>False when the device is gone.</returns>
    bool Notify();
}
