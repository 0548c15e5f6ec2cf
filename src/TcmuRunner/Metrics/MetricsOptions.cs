// SPDX-License-Identifier: Apache-2.0
using System.Net;

namespace TcmuRunner.Metrics;

/// <summary>Where the daemon's numbers go. Compared by value, as a part of the daemon's options.</summary>
internal sealed record MetricsOptions
{
    /// <summary>The address of the page with the numbers: a loopback one; null (the default) for no TCP port.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>The path of a Unix socket with the same page; null (the default) for none.</summary>
    public string? SocketPath { get; init; }

    /// <summary>The collector that the numbers are sent to by OTLP; null (the default) for none.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>Whether anybody wants the numbers.</summary>
    public bool IsWanted => Listen is not null || SocketPath is not null || OtlpEndpoint is not null;

    /// <summary>Reads <c>metrics_listen</c>: ADDRESS:PORT, or <c>unix:/PATH</c>, or nothing.</summary>
    /// <param name="text">Untrusted.</param>
    /// <returns>The options, or null and why not.</returns>
    internal (MetricsOptions? Options, string? Reason) WithListen(string text)
    {
        if (text.Length == 0)
        {
            return (this with { Listen = null, SocketPath = null }, null);
        }

        if (text.StartsWith("unix:/", StringComparison.Ordinal))
        {
            return (this with { Listen = null, SocketPath = text["unix:".Length..] }, null);
        }

        // The parser also takes an address without a port, and gives it port 0.
        return !IPEndPoint.TryParse(text, out IPEndPoint? address) || address.Port == 0 ? (null, $"'{text}' is neither ADDRESS:PORT nor unix:/PATH")
            : !IPAddress.IsLoopback(address.Address) ? (null, $"'{text}' is not a loopback address: whoever reaches the port reads the numbers")
            : (this with { Listen = address, SocketPath = null }, null);
    }

    /// <summary>Reads <c>otlp_endpoint</c>: an http or https URL, or nothing.</summary>
    /// <param name="text">Untrusted.</param>
    /// <returns>The options, or null and why not.</returns>
    internal (MetricsOptions? Options, string? Reason) WithOtlp(string text) =>
        text.Length == 0 ? (this with { OtlpEndpoint = null }, null)
        : Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is ("http" or "https") ? (this with { OtlpEndpoint = url }, null)
        : (null, $"'{text}' is not a URL such as http://127.0.0.1:4317");
}
