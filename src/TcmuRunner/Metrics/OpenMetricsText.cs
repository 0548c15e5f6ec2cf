// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace TcmuRunner.Metrics;

/// <summary>Puts what a meter's instruments observe into the OpenMetrics text format, version 1.0.0.</summary>
/// <remarks>
/// Names become snake case with the unit behind them. Three counters NAME.bucket, NAME.count and NAME.sum are one histogram: the framework
/// has none that is observed.
/// </remarks>
internal sealed class OpenMetricsText : IDisposable
{
    /// <summary>The media type of the text.</summary>
    internal const string ContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private static readonly string[] s_histogramParts = [".bucket", ".count", ".sum"];

    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly List<(Instrument Instrument, string Labels, string Line)> _lines = [];

    /// <summary>Listens to the meters of a name.</summary>
    internal OpenMetricsText(string meterName)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == meterName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value.ToString(CultureInfo.InvariantCulture), tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value.ToString("R", CultureInfo.InvariantCulture), tags));
        _listener.Start();
    }

    /// <summary>Asks every instrument, and writes what they say. One caller at a time is served.</summary>
    internal string Collect()
    {
        lock (_lock)
        {
            _lines.Clear();
            _listener.RecordObservableInstruments();
            var text = new StringBuilder();
            foreach (IGrouping<string, (Instrument Instrument, string Labels, string Line)> family in _lines.GroupBy(line => FamilyOf(line.Instrument)).OrderBy(group => group.Key, StringComparer.Ordinal))
            {
                Instrument first = family.First().Instrument;
                text.Append(CultureInfo.InvariantCulture, $"# TYPE {family.Key} {TypeOf(first)}\n");
                if (UnitOf(first) is { Length: > 0 } unit)
                {
                    text.Append(CultureInfo.InvariantCulture, $"# UNIT {family.Key} {unit}\n");
                }

                text.Append(CultureInfo.InvariantCulture, $"# HELP {family.Key} {first.Description}\n");
                // What has the same labels stands together: the buckets, the count and the sum of one histogram.
                foreach ((_, _, string line) in family.GroupBy(line => line.Labels).SelectMany(same => same))
                {
                    text.Append(line);
                }
            }

            return text.Append("# EOF\n").ToString();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private static string? HistogramPart(Instrument instrument) =>
        s_histogramParts.FirstOrDefault(part => instrument.Name.EndsWith(part, StringComparison.Ordinal));

    private static string FamilyOf(Instrument instrument)
    {
        string name = HistogramPart(instrument) is { } part ? instrument.Name[..^part.Length] : instrument.Name;
        string unit = UnitOf(instrument);
        return name.Replace('.', '_') + (unit.Length == 0 ? "" : "_" + unit);
    }

    private static string UnitOf(Instrument instrument) => instrument.Unit switch
    {
        "By" => "bytes",
        "s" => "seconds",
        _ => "",
    };

    private static bool IsCounter(Instrument instrument) => instrument is ObservableCounter<long> or ObservableCounter<double> or Counter<long> or Counter<double>;

    private static string TypeOf(Instrument instrument) => HistogramPart(instrument) is not null ? "histogram" : IsCounter(instrument) ? "counter" : "gauge";

    private static string SampleOf(Instrument instrument) =>
        FamilyOf(instrument) + (HistogramPart(instrument)?.Replace('.', '_') ?? (IsCounter(instrument) ? "_total" : ""));

    // The names of devices come from outside.
    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);

    private void Add(Instrument instrument, string value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new StringBuilder();
        string bound = "";
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            string label = $"{tag.Key}=\"{Escape(tag.Value?.ToString() ?? "")}\"";
            if (tag.Key == "le")
            {
                bound = label;
            }
            else
            {
                labels.Append(labels.Length > 0 ? "," : "").Append(label);
            }
        }

        string all = bound.Length == 0 ? labels.ToString() : $"{labels},{bound}";
        _lines.Add((instrument, labels.ToString(), $"{SampleOf(instrument)}{(all.Length > 0 ? $"{{{all}}}" : "")} {value}\n"));
    }
}
