// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace TcmuRunner.Tcmu.ConfigFs;

/// <summary>
/// The name of a TCMU device's UIO device, <c>tcm-user/hba/device/configuration</c>. Everything behind the third <c>/</c> is the handler's
/// configuration string and may contain more of them.
/// </summary>
/// <param name="Hba">N of the configfs directory <c>user_N</c>.</param>
/// <param name="Device">The device's configfs directory.</param>
/// <param name="Configuration">The configuration string; empty when the device was made without.</param>
internal sealed record UioName(uint Hba, string Device, string Configuration)
{
    private const string Prefix = "tcm-user";

    /// <summary>The handler's subtype: what stands before the first <c>/</c> of the configuration.</summary>
    internal string Subtype => Configuration.Split('/', 2)[0];

    /// <summary>Directory below <c>core</c> in configfs, and how the device is called in messages.</summary>
    internal string ConfigFsName => string.Create(CultureInfo.InvariantCulture, $"user_{Hba}/{Device}");

    /// <summary>Whether a UIO device is one of TCMU's; others are none of our business.</summary>
    internal static bool IsTcmu(string text) =>
        text.StartsWith(Prefix, StringComparison.Ordinal) && (text.Length == Prefix.Length || text[Prefix.Length] is '/' or '\n');

    /// <summary>Parses a name.</summary>
    /// <param name="text">The text of sysfs or of an event; a newline at its end is dropped.</param>
    /// <param name="name">The parsed name.</param>
    /// <param name="reason">Why it was refused, as a sentence.</param>
    internal static bool TryParse(string text, [NotNullWhen(true)] out UioName? name, [NotNullWhen(false)] out string? reason)
    {
        name = null;
        string[] parts = text.TrimEnd('\n').Split('/', 4);
        if (parts.Length < 3 || parts[0] != Prefix)
        {
            reason = $"The UIO name '{text}' is not of the form tcm-user/hba/device/configuration.";
            return false;
        }

        if (!uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint hba))
        {
            reason = $"The UIO name '{text}' has '{parts[1]}' where the number of the HBA should be.";
            return false;
        }

        // The name becomes part of a path.
        if (parts[2] is "" or "." or ".." || parts[2].Contains('\0', StringComparison.Ordinal))
        {
            reason = $"The UIO name '{text}' has '{parts[2]}' where the device's name should be.";
            return false;
        }

        name = new UioName(hba, parts[2], parts.Length == 4 ? parts[3] : string.Empty);
        reason = null;
        return true;
    }

    /// <summary>Whether both name the same device of configfs, whatever its configuration.</summary>
    internal bool IsSameDevice(UioName other) => Hba == other.Hba && Device == other.Device;

    /// <inheritdoc/>
    public override string ToString() => $"{Prefix}/{Hba}/{Device}/{Configuration}";
}
