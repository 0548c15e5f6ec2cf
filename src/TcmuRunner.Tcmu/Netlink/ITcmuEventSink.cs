// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Netlink;

/// <summary>
/// Takes the events of the TCM-USER family. Called on the netlink thread, one call after another; must not block or throw.
/// </summary>
internal interface ITcmuEventSink
{
    /// <summary>An event, in the order of the kernel. One that <see cref="TcmuEvent.WantsReply"/> gets exactly one
    /// <see cref="TcmuNetlink.SendDone"/>, from any thread, at any later time.</summary>
    void OnEvent(TcmuEvent tcmuEvent);

    /// <summary>Events were lost; whoever caused them may be waiting in the kernel.</summary>
    void OnEventsLost();
}
