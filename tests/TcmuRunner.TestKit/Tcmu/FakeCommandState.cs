// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.TestKit.Tcmu;

/// <summary>Where a command of the <see cref="FakeKernelRing"/> is.</summary>
public enum FakeCommandState
{
    /// <summary>Waits because the ring or the data area is full.</summary>
    Queued = 0,

    /// <summary>Stands in the ring, or is being executed.</summary>
    OnRing = 1,

    /// <summary>The initiator was told that it took too long; its entry and id are still taken.</summary>
    Expired = 2,

    /// <summary>The initiator has its answer.</summary>
    Completed = 3,
}
