// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Tcmu.Front;

/// <summary>A configuration string, split into the handler's part and the options that the daemon takes for itself.</summary>
/// <param name="Configuration">What the handler gets.</param>
/// <param name="CommandTimeOut">After how long a command counts as overdue; zero for never.</param>
internal sealed record RunnerOptions(ConfigurationString Configuration, TimeSpan CommandTimeOut)
{
    /// <summary>The option's name, <c>;tcmur_cmd_time_out=SECONDS</c>.</summary>
    internal const string TimeOutOption = "tcmur_cmd_time_out";

    // A day: more can only be a mistake in the unit.
    private const int MaximumSeconds = 86400;

    /// <summary>Splits a configuration string.</summary>
    internal static bool TryParse(string text, [NotNullWhen(true)] out RunnerOptions? options, [NotNullWhen(false)] out string? reason)
    {
        options = null;
        if (!ConfigurationString.TryParse(text, out ConfigurationString? configuration, out reason))
        {
            return false;
        }

        int seconds = 0;
        if (configuration.HasOption(TimeOutOption))
        {
            string? value = configuration.GetOption(TimeOutOption);
            if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out seconds) || seconds > MaximumSeconds)
            {
                reason = $"The option {TimeOutOption} is '{value}'; it takes whole seconds from 0 (never) to {MaximumSeconds}.";
                return false;
            }
        }

        options = new RunnerOptions(configuration.WithoutOption(TimeOutOption), TimeSpan.FromSeconds(seconds));
        return true;
    }
}
