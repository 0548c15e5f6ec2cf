// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;

namespace TcmuRunner.Scsi;

/// <summary>A FORMAT UNIT or SANITIZE that has begun and has not ended well, as <see cref="IUnitStateStore"/> keeps it.</summary>
/// <param name="Cdb">Its CDB.</param>
/// <param name="ParameterList">Its parameter list.</param>
internal sealed record MediumMark(byte[] Cdb, byte[] ParameterList)
{
    private const int Version = 1;

    /// <summary>The mark as JSON.</summary>
    internal byte[] ToBytes() => Encoding.UTF8.GetBytes(
        $$"""{"version":{{Version}},"cdb":"{{Convert.ToHexString(Cdb)}}","parameterList":"{{Convert.ToHexString(ParameterList)}}"}""");

    /// <summary>Reads a mark.</summary>
    /// <param name="bytes">What <see cref="ToBytes"/> made; untrusted.</param>
    /// <exception cref="FormatException">It is something else; the message says what is wrong.</exception>
    internal static MediumMark Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            if (root.GetProperty("version").GetInt32() is var version and not Version)
            {
                throw new FormatException($"version {version} is not known, only {Version}");
            }

            return new MediumMark(Bytes("cdb"), Bytes("parameterList"));

            byte[] Bytes(string name) => Convert.FromHexString(root.GetProperty(name).GetString() ?? "");
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException(exception.Message, exception);
        }
    }
}
