// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.Metrics;
using System.Globalization;
using TcmuRunner.Iscsi.Sessions;

namespace TcmuRunner.Metrics;

/// <summary>
/// The instruments of the iSCSI front: one series for each session. They are observed, as those of <see cref="DeviceMetrics"/>. A session that
/// logs in again begins at zero, as counters of a program that was restarted do.
/// </summary>
internal sealed class SessionMetrics : IDisposable
{
    private readonly Meter _meter = new(DeviceMetrics.MeterName, Daemon.Version);
    private readonly Func<IReadOnlyList<SessionStatus>> _sessions;

    /// <summary>Makes the instruments.</summary>
    /// <param name="sessions">The sessions as they are.</param>
    internal SessionMetrics(Func<IReadOnlyList<SessionStatus>> sessions)
    {
        _sessions = sessions;
        _meter.CreateObservableGauge(
            "tcmu.iscsi.session.connections", () => Each(session => session.Connections.Count), "{connection}", "Connections of the session.");
        _meter.CreateObservableGauge(
            "tcmu.iscsi.session.queue.depth", () => Each(session => session.CommandsInFlight), "{command}", "Commands that are not answered yet.");
        _meter.CreateObservableCounter(
            "tcmu.iscsi.session.commands", () => Each(session => session.Commands), "{command}", "Commands that were answered.");
        _meter.CreateObservableCounter(
            "tcmu.iscsi.session.errors", () => Each(session => session.Errors), "{command}", "Commands that did not end with GOOD.");
        _meter.CreateObservableCounter("tcmu.iscsi.session.io", IoBytes, "By", "Data that was read and written.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    // The initiator's own session id tells its sessions apart, and is the same after it has logged in again.
    private static KeyValuePair<string, object?>[] TagsOf(SessionStatus session, params ReadOnlySpan<KeyValuePair<string, object?>> more) =>
    [
        new("target", session.TargetName),
        new("tag", session.PortalGroupTag),
        new("initiator", session.InitiatorName),
        new("isid", session.InitiatorSessionId.ToString("x12", CultureInfo.InvariantCulture)),
        .. more,
    ];

    private IEnumerable<Measurement<long>> Each(Func<SessionStatus, long> read) =>
        _sessions().Select(session => new Measurement<long>(read(session), TagsOf(session)));

    private IEnumerable<Measurement<long>> IoBytes() => _sessions().SelectMany(session => new Measurement<long>[]
    {
        new(session.BytesRead, TagsOf(session, new KeyValuePair<string, object?>("direction", "read"))),
        new(session.BytesWritten, TagsOf(session, new KeyValuePair<string, object?>("direction", "write"))),
    });
}
