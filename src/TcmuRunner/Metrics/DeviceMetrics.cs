// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.Metrics;
using System.Globalization;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu;

namespace TcmuRunner.Metrics;

/// <summary>
/// The daemon's instruments. All of them are observed: whoever wants the numbers asks for them, and the command path only counts in
/// <see cref="UnitMonitor"/>.
/// </summary>
internal sealed class DeviceMetrics : IDisposable
{
    /// <summary>The name by which collectors subscribe.</summary>
    internal const string MeterName = "TcmuRunner";

    private static readonly CommandCategory[] s_categories = Enum.GetValues<CommandCategory>();

    private readonly Meter _meter = new(MeterName, Daemon.Version);
    private readonly DaemonNumbers _numbers;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _lock = new();
    private long _takenAt = long.MinValue;
    private List<DeviceSample> _samples = [];

    /// <summary>Makes the instruments.</summary>
    /// <param name="numbers">What they look at.</param>
    /// <param name="timeProvider">Tells one collection from the next.</param>
    internal DeviceMetrics(DaemonNumbers numbers, TimeProvider timeProvider)
    {
        (_numbers, _timeProvider) = (numbers, timeProvider);
        _meter.CreateObservableGauge("tcmu.device.size", () => Each(sample => sample.SizeBytes), "By", "Size of the disk.");
        _meter.CreateObservableGauge(
            "tcmu.device.serving", () => Each(sample => sample.IsServing ? 1 : 0), null, "1 while the disk is served, 0 while it is not.");
        _meter.CreateObservableGauge(
            "tcmu.device.queue.depth", () => Each(sample => sample.CommandsInFlight), "{command}", "Commands that are not answered yet.");
        _meter.CreateObservableGauge(
            "tcmu.device.ring.size", () => EachRing(ring => ring.RingSizeBytes), "By", "Size of the kernel's command ring.");
        _meter.CreateObservableGauge(
            "tcmu.device.ring.high_water", () => EachRing(ring => ring.RingHighWaterBytes), "By", "The most of the ring that was in use since the disk was opened.");
        _meter.CreateObservableCounter(
            "tcmu.device.timeouts", () => EachRing(ring => ring.TimeOuts), "{command}", "Commands that were still running when their time-out passed.");
        _meter.CreateObservableCounter(
            "tcmu.device.restarts", () => Each(sample => sample.Numbers.Restarts), "{restart}", "How often the disk was opened again while the daemon ran.");
        _meter.CreateObservableCounter(
            "tcmu.device.lock.taken", () => Each(sample => sample.Numbers.LocksTaken), "{time}", "How often this gateway has taken the lock of the backing store.");
        _meter.CreateObservableCounter(
            "tcmu.device.lock.lost", () => Each(sample => sample.Numbers.LocksLost), "{time}", "How often another gateway has taken the lock away.");
        _meter.CreateObservableCounter(
            "tcmu.device.io", () => Each(IoBytes), "By", "Data that was read and written.");
        _meter.CreateObservableCounter(
            "tcmu.device.errors", () => Each(Errors), "{command}", "Commands that did not end with GOOD, by sense key or status.");
        _meter.CreateObservableCounter(
            "tcmu.device.command.duration.bucket", () => Each(Buckets), "s", "How long commands took, from the ring to the answer, up to le seconds.");
        _meter.CreateObservableCounter(
            "tcmu.device.command.duration.count", () => Each(Commands), "s", "Commands that have ended.");
        _meter.CreateObservableCounter(
            "tcmu.device.command.duration.sum", () => Each(Durations), "s", "How long all of them took together.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private static KeyValuePair<string, object?> Kind(CommandCategory category) =>
        Tag("kind", category.ToString().ToLowerInvariant());

    private static IEnumerable<Measurement<long>> IoBytes(DeviceSample sample) =>
    [
        new(sample.Numbers.Bytes(CommandCategory.Read), sample.Tag, Tag("direction", "read")),
        new(sample.Numbers.Bytes(CommandCategory.Write), sample.Tag, Tag("direction", "write")),
    ];

    private static IEnumerable<Measurement<long>> Commands(DeviceSample sample) =>
        s_categories.Select(category => new Measurement<long>(sample.Numbers.Commands(category), sample.Tag, Kind(category)));

    private static IEnumerable<Measurement<double>> Durations(DeviceSample sample) =>
        s_categories.Select(category => new Measurement<double>(sample.Numbers.Duration(category).TotalSeconds, sample.Tag, Kind(category)));

    // Cumulative, as everybody who draws quantiles wants them.
    private static IEnumerable<Measurement<long>> Buckets(DeviceSample sample)
    {
        foreach (CommandCategory category in s_categories)
        {
            long upToHere = 0;
            for (int bucket = 0; bucket < UnitNumbers.BucketBounds.Count; bucket++)
            {
                upToHere += sample.Numbers.InBucket(category, bucket);
                double bound = UnitNumbers.BucketBounds[bucket];
                string text = double.IsPositiveInfinity(bound) ? "+Inf" : ((decimal)bound).ToString(CultureInfo.InvariantCulture);
                yield return new(upToHere, sample.Tag, Kind(category), Tag("le", text));
            }
        }
    }

    private static IEnumerable<Measurement<long>> Errors(DeviceSample sample)
    {
        foreach (SenseKey key in Enum.GetValues<SenseKey>().Where(key => sample.Numbers.Errors(key) > 0))
        {
            yield return new(sample.Numbers.Errors(key), sample.Tag, Tag("reason", SnakeCase(key.ToString())));
        }

        foreach ((string reason, long count) in new[]
        {
            ("busy", sample.Numbers.Busy), ("reservation_conflict", sample.Numbers.ReservationConflicts), ("task_aborted", sample.Numbers.Aborted),
        })
        {
            if (count > 0)
            {
                yield return new(count, sample.Tag, Tag("reason", reason));
            }
        }
    }

    private static string SnakeCase(string name) =>
        string.Concat(name.Select((letter, index) => char.IsAsciiLetterUpper(letter) ? (index == 0 ? "" : "_") + char.ToLowerInvariant(letter) : letter.ToString()));

    private IEnumerable<Measurement<long>> Each(Func<DeviceSample, long> read) => Samples().Select(sample => new Measurement<long>(read(sample), sample.Tag));

    // Disks of the iSCSI front have no ring.
    private IEnumerable<Measurement<long>> EachRing(Func<TcmuDeviceStatistics, long> read) =>
        Samples().Where(sample => sample.Ring is not null).Select(sample => new Measurement<long>(read(sample.Ring!.Value), sample.Tag));

    private IEnumerable<Measurement<T>> Each<T>(Func<DeviceSample, IEnumerable<Measurement<T>>> read)
        where T : struct => Samples().SelectMany(read);

    // One look at the devices for all instruments of a collection, which ask one after the other.
    private List<DeviceSample> Samples()
    {
        lock (_lock)
        {
            long now = _timeProvider.GetTimestamp();
            if (_takenAt == long.MinValue || _timeProvider.GetElapsedTime(_takenAt, now) > TimeSpan.FromMilliseconds(100))
            {
                _takenAt = now;
                UnitMonitors monitors = _numbers.Monitors;
                _samples =
                [
                    .. _numbers.Devices().Select(status => new DeviceSample(
                        status.Name,
                        status.SizeBytes,
                        status.State == TcmuDeviceState.Serving,
                        status.Statistics.CommandsInFlight,
                        status.Statistics,
                        monitors.Get(status.Name).Read())),
                    .. _numbers.Units().Select(unit => new DeviceSample(
                        unit.Name, unit.SizeBytes, unit.IsServing, unit.CommandsInFlight, Ring: null, monitors.Get(unit.Name).Read())),
                ];
                var names = _samples.Select(sample => sample.Name).ToHashSet();
                foreach (UnitMonitor gone in monitors.Units.Where(unit => !names.Contains(unit.Name)))
                {
                    monitors.Forget(gone.Name);
                }
            }

            return _samples;
        }
    }

    private sealed record DeviceSample(
        string Name, long SizeBytes, bool IsServing, int CommandsInFlight, TcmuDeviceStatistics? Ring, UnitNumbers Numbers)
    {
        internal KeyValuePair<string, object?> Tag { get; } = new("device", Name);
    }
}
