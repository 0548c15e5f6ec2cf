// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace TcmuRunner.Handlers.Glfs;

/// <summary>Where a volume's description comes from.</summary>
/// <param name="Transport"><c>tcp</c> or <c>unix</c>.</param>
/// <param name="Host">A host's name or address; the path of a socket.</param>
/// <param name="Port">The port; 0 for a socket.</param>
internal sealed record GlfsServer(string Transport, string Host, int Port)
{
    private const int DefaultPort = 24007;

    /// <summary>Reads <c>host</c>, <c>host:port</c>, or an IPv6 address in brackets with or without a port.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out GlfsServer? server)
    {
        server = null;
        int bracket = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        string host = bracket > 0 ? text[1..bracket] : text.Split(':')[0];
        string rest = bracket > 0 ? text[(bracket + 1)..] : text[host.Length..];
        int port = DefaultPort;
        bool isFine = host.Length > 0 && !host.Contains('[', StringComparison.Ordinal)
            && (rest.Length == 0 || (rest[0] == ':' && int.TryParse(rest.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue));
        server = isFine ? new GlfsServer("tcp", host, port) : null;
        return isFine;
    }

    /// <inheritdoc/>
    public override string ToString() => Transport == "unix" ? Host : $"{Host}:{Port}";
}
